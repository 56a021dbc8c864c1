/** Runs on Node's loader thread: the ESM half of moduleRedirect.ts. */
import type { InitializeHook, ResolveHook } from 'node:module';
import { redirected, type Redirects } from './redirected';

let redirects: Redirects;

export const initialize: InitializeHook<Redirects> = (data) => {
  redirects = data;
};

export const resolve: ResolveHook = (specifier, context, nextResolve) => {
  const name = redirected(specifier);
  if (name) return { url: redirects.distUrl + name, format: 'commonjs', shortCircuit: true };
  const fromUserFile = context.parentURL?.startsWith(redirects.codeUrl) && !specifier.startsWith('.');
  return nextResolve(specifier, fromUserFile ? { ...context, parentURL: redirects.userFileUrl } : context);
};
