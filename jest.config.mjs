// One runner, three suites, told apart by file name:
//   *.test.ts          unit and flow tests: pure core, embedded store, no browser
//   *.postgres.test.ts real Postgres, several processes
//   *.browser.test.ts  real Chromium against the built gateway
// And what is run by hand, by scripts/chaos:
//   *.chaos.ts         what goes wrong in operation, for minutes
const suites = {
  unit: {
    testMatch: ["<rootDir>/test/**/*.test.ts"],
    testPathIgnorePatterns: ["\\.(postgres|browser)\\.test\\.ts$"],
  },
  postgres: { testMatch: ["<rootDir>/test/**/*.postgres.test.ts"] },
  browser: { testMatch: ["<rootDir>/test/**/*.browser.test.ts"] },
  chaos: { testMatch: ["<rootDir>/test/chaos/*.chaos.ts"] },
};

const project = (name) => ({
  displayName: name,
  rootDir: import.meta.dirname,
  testEnvironment: "node",
  extensionsToTreatAsEsm: [".ts", ".tsx"],
  transform: {
    "\\.tsx?$": [
      "@swc/jest",
      {
        jsc: {
          target: "es2022",
          parser: { syntax: "typescript", tsx: true },
          transform: { react: { runtime: "automatic", importSource: "preact" } },
        },
        module: { type: "es6" },
      },
    ],
  },
  ...suites[name],
});

export default {
  projects: Object.keys(suites).map(project),
  testTimeout: 30_000,
  reporters: ["default", "<rootDir>/scripts/closing-line.mjs"],
};
