import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/**
 * Which rooms of src/ each room may import. What is not listed is refused, so arrows go one way: the programs on
 * top compose; the run folder, the data and the messages at the bottom know nobody.
 */
const rooms = {
  extension: ['editor', 'panels', 'trace', 'cost', 'train', 'runs', 'data', 'protocol'],
  cli: ['terminal', 'trace', 'cost', 'train', 'runs', 'data', 'protocol'],
  editor: ['panels', 'trace', 'cost', 'train', 'report', 'runs', 'data', 'protocol'],
  panels: ['train', 'cost', 'report', 'sparse', 'runs', 'protocol'],
  terminal: ['trace', 'cost', 'train', 'sparse', 'energy', 'report', 'runs', 'data', 'protocol'],
  trace: ['train', 'cost', 'energy', 'api', 'data', 'runs'],
  cost: ['math'],
  train: ['api', 'cost', 'energy', 'kernels', 'sparse', 'runs', 'data'],
  energy: ['runs'],
  report: ['cost', 'runs'],
  kernels: ['math'],
  sparse: [],
  math: [],
  api: ['sparse', 'runs', 'data'],
  runs: [],
  data: [],
  protocol: [],
};
const usesVscode = ['extension', 'editor', 'panels'];

const tensorflow = {
  group: ['@tensorflow/*'],
  allowTypeImports: true,
  message: 'TensorFlow.js is loaded by trainers only, through src/train/tfInstance.ts.',
};

const roomRules = Object.entries(rooms).map(([room, allowed]) => ({
  files: [`src/${room}/**/*.ts`, `src/${room}.ts`],
  rules: {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      {
        paths: usesVscode.includes(room)
          ? []
          : [{ name: 'vscode', message: 'Only extension.ts, editor/ and panels/ know the editor.' }],
        patterns: [
          tensorflow,
          {
            group: Object.keys(rooms)
              .filter((other) => other !== room && !allowed.includes(other))
              .flatMap((other) => [`../${other}/*`, `./${other}/*`, `**/src/${other}/*`]),
            message: `src/${room} may import only: ${allowed.join(', ') || 'nothing of the project'}.`,
          },
        ],
      },
    ],
  },
}));

export default tseslint.config(
  {
    ignores: [
      'src/kernels/assembly/',
      'dist/',
      'out/',
      'node_modules/',
      '.vscode-test/',
      '**/.compute-lens/',
    ],
  },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.json', './webview/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'max-lines': ['error', { max: 320, skipBlankLines: true, skipComments: true }],
      complexity: ['error', 20],
      // An async generator without await is one that may need it next.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  ...roomRules,
  {
    files: ['src/train/{tf,webgpuBackend}.ts'],
    rules: { '@typescript-eslint/no-restricted-imports': 'off' },
  },
  {
    files: ['src/{train,api,kernels}/**/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'MemberExpression[property.name=/^(data|array|read|buffer)Sync$/]',
          message:
            'A GPU cannot be read synchronously in Node: await data() or array(), or say why it is not a GPU.',
        },
      ],
    },
  },
  {
    files: ['src/train/{scriptInstrumentation,phase}.ts', 'src/trace/hooks/*.ts'],
    // Replaced methods need the caller's own `this` beside the instrumentation's.
    rules: { '@typescript-eslint/no-this-alias': 'off', '@typescript-eslint/unbound-method': 'off' },
  },
  {
    files: ['webview/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: 'src/(?!protocol/|runs/mask(Bits|Code)$)',
              message: 'A webview knows the protocol, how masks are coded, and webview/ui only.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: { 'max-lines': 'off', '@typescript-eslint/no-floating-promises': 'error' },
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: {
      globals: {
        require: 'readonly',
        process: 'readonly',
        console: 'readonly',
        module: 'readonly',
        exports: 'readonly',
        __dirname: 'readonly',
      },
    },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
);
