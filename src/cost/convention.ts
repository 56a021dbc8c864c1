/** How matrix work is counted: two FLOPs a MAC, MACs themselves, or two FLOPs for each MAC that meets no padding. */
export const conventions = ['mac2', 'mac', 'padded'] as const;
export type Convention = (typeof conventions)[number];
