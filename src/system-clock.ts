import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import type { Clock } from './clock.ts'
import type { Ids } from './ids.ts'

/** The machine's clock. */
export const systemClock: Clock = { now: () => Date.now() }

/** Ids and secrets from the operating system's random source. */
export const systemIds: Ids = {
  uuid: () => randomUUID(),
  integer: (bound) => randomInt(bound),
  bytes: (length) => randomBytes(length),
  text(length, alphabet) {
    let out = ''
    for (let i = 0; i < length; i++) out += alphabet[randomInt(alphabet.length)]
    return out
  },
}
