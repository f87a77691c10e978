/** For tests, which are TypeScript. */
export function consoleIsStale(): boolean
export function buildConsole(): Promise<void>
