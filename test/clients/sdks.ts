// The official SDK generations, as their users have them: from test/clients/node_modules, nothing patched.
// `npm test` installs them before it checks types; by hand: `npm ci` in test/clients.
import type * as Newest from 'seam'
import type * as Widespread from 'seam-1160'
import { createRequire } from 'node:module'

type Sdk = Pick<
  typeof Newest,
  | 'Seam'
  | 'SeamWithoutWorkspace'
  | 'SeamHttpApiError'
  | 'SeamHttpInvalidInputError'
  | 'SeamHttpUnauthorizedError'
  | 'SeamActionAttemptError'
  | 'SeamActionAttemptFailedError'
  | 'SeamActionAttemptTimeoutError'
  | 'SeamWebhook'
>

export interface SdkGeneration extends Sdk {
  /** For `describe.each(sdkGenerations)('$name', ...)`. */
  readonly name: string
}

/** A client of any generation. Both are typed as the newest, which is what lets one test run with each. */
export type SeamClient = Newest.Seam

const require = createRequire(import.meta.url)

/** Packages may hide their package.json from require(); this is the folder where npm puts it. */
const versionOf = (packageName: string) =>
  (require(`./node_modules/${packageName}/package.json`) as { version: string }).version

async function load<T>(packageName: string): Promise<T> {
  try {
    return (await import(packageName)) as T
  } catch (cause) {
    throw new Error(`${packageName} cannot be loaded: run "npm ci" in test/clients, or "npm test".`, { cause })
  }
}

const newest = await load<typeof Newest>('seam')

/** seam 1.160.0 under its own types, for operations that later generations no longer offer. */
export const widespread = await load<typeof Widespread>('seam-1160')

/** seam 1.245.0 asks for Node 22 and runs on 20 too; seam 1.160.0 is the generation that most projects have. */
export const sdkGenerations: readonly SdkGeneration[] = [
  { ...newest, name: `seam ${versionOf('seam')}` },
  { ...(widespread as unknown as typeof Newest), name: `seam ${versionOf('seam-1160')}` },
]

/** The webhook verifier on its own, @seamapi/webhook 1.5.0. */
export const { SeamWebhook } = await load<Pick<Sdk, 'SeamWebhook'>>('@seamapi/webhook')
