/** The systems Lockstitch knows: one line each. */
import type { AccessSystemDriver } from './kit/driver.ts'
import { driver as akiles } from './akiles/driver.ts'
import { driver as assaAbloyCredentialService } from './assa-abloy-credential-service/driver.ts'
import { driver as assaAbloyVostio } from './assa-abloy-vostio/driver.ts'
import { driver as avigilonAlta } from './avigilon-alta/driver.ts'
import { driver as brivo } from './brivo/driver.ts'
import { driver as dormakabaAmbiance } from './dormakaba-ambiance/driver.ts'
import { driver as dormakabaCommunity } from './dormakaba-community/driver.ts'
import { driver as hotek } from './hotek/driver.ts'
import { driver as kisi } from './kisi/driver.ts'
import { driver as latch } from './latch/driver.ts'
import { driver as legicConnect } from './legic-connect/driver.ts'
import { driver as pti } from './pti/driver.ts'
import { driver as saltoKs } from './salto-ks/driver.ts'
import { driver as saltoSpace } from './salto-space/driver.ts'
import { driver as visionline } from './visionline/driver.ts'

/** Provider key on the wire -> its driver. */
export const drivers: ReadonlyMap<string, AccessSystemDriver> = new Map(
  [
    saltoSpace,
    saltoKs,
    visionline,
    assaAbloyVostio,
    assaAbloyCredentialService,
    dormakabaAmbiance,
    dormakabaCommunity,
    legicConnect,
    hotek,
    brivo,
    latch,
    avigilonAlta,
    pti,
    akiles,
    kisi,
  ].map((driver) => [driver.definition.provider, driver]),
)

/** @throws Error for a provider without a driver. */
export function driverOf(provider: string): AccessSystemDriver {
  const driver = drivers.get(provider)
  if (driver === undefined) throw new Error(`no driver for the provider ${provider}`)
  return driver
}
