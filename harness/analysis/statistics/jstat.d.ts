/** The parts of jstat 1.9.6 that are used here; the package ships no types. */
declare module 'jstat' {
  interface Distribution {
    cdf(x: number, degreesOfFreedom: number): number;
    inv(probability: number, degreesOfFreedom: number): number;
  }
  const jstat: { readonly studentt: Distribution; readonly chisquare: Distribution };
  export default jstat;
}
