/** The systems Lockstitch knows: one line each. */
import type { AccessSystemDriver } from './kit/driver.ts'
import { driver as saltoKs } from './salto-ks/driver.ts'
import { driver as saltoSpace } from './salto-space/driver.ts'
import { driver as visionline } from './visionline/driver.ts'

/** Provider key on the wire -> its driver. */
export const drivers: ReadonlyMap<string, AccessSystemDriver> = new Map(
  [saltoSpace, saltoKs, visionline].map((driver) => [driver.definition.provider, driver]),
)

/** @throws Error for a provider without a driver. */
export function driverOf(provider: string): AccessSystemDriver {
  const driver = drivers.get(provider)
  if (driver === undefined) throw new Error(`no driver for the provider ${provider}`)
  return driver
}
