// A jest reporter: one line that says how the run ended, for whoever reads only the last.
export default class ClosingLine {
  onRunComplete(_contexts, { numPassedTests, numFailedTests, numPendingTests }) {
    const skipped = numPendingTests > 0 ? `, ${numPendingTests} skipped` : "";
    console.log(`tests: ${numPassedTests} passed, ${numFailedTests} failed${skipped}`);
  }
}
