/** The text of a worker's script, put in place by the build: see esbuild.js. */
declare module 'worker:*' {
  const source: string;
  export default source;
}
