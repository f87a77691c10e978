/** The systems Lockstitch knows: one line each, in the order in which a sandbox gets them. */
import type { AccessSystemDriver } from './kit/driver.ts'

const registered = [
  await import('./salto-space/driver.ts'),
  await import('./salto-ks/driver.ts'),
  await import('./visionline/driver.ts'),
  await import('./assa-abloy-vostio/driver.ts'),
  await import('./assa-abloy-credential-service/driver.ts'),
  await import('./dormakaba-ambiance/driver.ts'),
  await import('./dormakaba-community/driver.ts'),
  await import('./legic-connect/driver.ts'),
  await import('./hotek/driver.ts'),
  await import('./brivo/driver.ts'),
  await import('./latch/driver.ts'),
  await import('./avigilon-alta/driver.ts'),
  await import('./pti/driver.ts'),
  await import('./akiles/driver.ts'),
  await import('./kisi/driver.ts'),
]

/** Provider key on the wire -> its driver. */
export const drivers: ReadonlyMap<string, AccessSystemDriver> = new Map(
  registered.map(({ driver }) => [driver.definition.provider, driver]),
)

/** @throws Error for a provider without a driver. */
export function driverOf(provider: string): AccessSystemDriver {
  const driver = drivers.get(provider)
  if (driver === undefined) throw new Error(`no driver for the provider ${provider}`)
  return driver
}
