/** Languages whose files may build models. */
const modelLanguages = ['typescript', 'javascript', 'typescriptreact', 'javascriptreact'] as const;

/** Documents that costs may stand in. */
export const costSelector = [...modelLanguages, 'json'].map((language) => ({ language, scheme: 'file' }));

const importsUs =
  /\bfrom\s*['"](@tensorflow\/tfjs|compute-lens)|\b(require|import)\s*\(\s*['"](@tensorflow\/tfjs|compute-lens)|\bimport\s+['"]@tensorflow\/tfjs/;
const largestText = 2_000_000;

/** Whether a source file imports TensorFlow.js or this package, and so may cost something. */
export function isModelFile(languageId: string, text: string): boolean {
  return (
    (modelLanguages as readonly string[]).includes(languageId) &&
    text.length <= largestText &&
    importsUs.test(text)
  );
}

/** Whether a JSON file is a model that TensorFlow.js saved. Only its beginning is looked at. */
export function isSavedModel(fileName: string, text: string): boolean {
  return /\.json$/.test(fileName) && /"modelTopology"\s*:/.test(text.slice(0, 4096));
}
