/** What a page in the launch's frame says to the platform's page around it when the launch is over. */
export const CLOSED = "practice-platform.closed";
