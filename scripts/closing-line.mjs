// A jest reporter: one line that says how the run ended, for whoever reads only the last. And a run that is over ends:
// where a test failed before it could close what it had opened, the process would wait for that forever.
const ENDS_WITHIN_SECONDS = 30;

export default class ClosingLine {
  onRunComplete(_contexts, { numPassedTests, numFailedTests, numPendingTests }) {
    const skipped = numPendingTests > 0 ? `, ${numPendingTests} skipped` : "";
    console.log(`tests: ${numPassedTests} passed, ${numFailedTests} failed${skipped}`);
    setTimeout(() => {
      const open = process.getActiveResourcesInfo().join(", ");
      console.error(`The tests are over, but the run does not end: something is left open (${open}).`);
      process.exit(1);
    }, ENDS_WITHIN_SECONDS * 1000).unref();
  }
}
