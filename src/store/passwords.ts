/**
 * Passwords at rest: Argon2id with the parameters that OWASP's Password Storage Cheat Sheet names first (19 MiB, two
 * passes, one lane). Hashing runs on threads of its own, a few at once: so many passwords cannot take all memory, and
 * requests that need none are answered meanwhile.
 */
import { hash, verify } from '@node-rs/argon2'

/** What a hash is made with today, Argon2id being the library's default; {@link needsRehash} finds those made otherwise. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }
const CURRENT = `$argon2id$v=19$m=${String(PARAMETERS.memoryCost)},t=${String(PARAMETERS.timeCost)},p=${String(PARAMETERS.parallelism)}$`

/** Hashes under way at once, each with 19 MiB ... */
const AT_ONCE = 2
/** ... and those that wait for their turn. */
const MOST_WAITING = 64

export const SHORTEST_PASSWORD = 12
export const LONGEST_PASSWORD = 128

/** Passwords that many people choose and are long enough otherwise: the first ones that a guesser tries. */
const COMMON: ReadonlySet<string> = new Set([
  '0123456789ab',
  '012345678910',
  '123412341234',
  '123456123456',
  '123456789012',
  '1234567890123',
  '12345678901234',
  '123456789123',
  '1234567891011',
  '123456789abc',
  '1234567890qwerty',
  '123qweasdzxc',
  '1q2w3e4r5t6y',
  '1qaz2wsx3edc',
  '1qaz2wsx3edc4rfv',
  'abc123abc123',
  'abcd1234abcd',
  'abcdefghijkl',
  'abcdefghijklm',
  'administrator',
  'adminadminadmin',
  'changemechangeme',
  'correcthorsebatterystaple',
  'iloveyou1234',
  'iloveyouforever',
  'letmeinletmein',
  'lockstitchlockstitch',
  'lockstitch123',
  'lockstitch1234',
  'master123456',
  'p@ssw0rd1234',
  'password1234',
  'password12345',
  'password123456',
  'password123!',
  'passwordpassword',
  'passw0rd1234',
  'qazwsxedcrfv',
  'qwerty123456',
  'qwerty1234567',
  'qwertyqwerty',
  'qwertyuiop12',
  'qwertyuiop123',
  'qwertyuiopas',
  'qwertyuiopasdf',
  'welcome12345',
  'welcome123456',
  'zxcvbnmasdfg',
])

/** Too many passwords are being checked: nothing was looked at. */
export class TooManyHashes extends Error {
  override name = 'TooManyHashes'
}

/** Why a password will not do for this account, as a sentence; null = it does. */
export function passwordFault(password: string, emailAddress: string): string | null {
  const text = plain(password)
  const { length } = [...text]
  if (length < SHORTEST_PASSWORD) return `A password has at least ${String(SHORTEST_PASSWORD)} characters`
  if (length > LONGEST_PASSWORD) return `A password has at most ${String(LONGEST_PASSWORD)} characters`
  const lower = text.toLowerCase()
  const mail = emailAddress.toLowerCase()
  if (lower === mail || lower === mail.split('@')[0]) return 'The e-mail address is no password: choose another one'
  if (COMMON.has(lower) || new Set(lower).size < 4)
    return 'Many people have this password, and it is tried first: choose another one'
  return null
}

/** The hash to keep. @throws TooManyHashes */
export function hashPassword(password: string): Promise<string> {
  return inTurn(() => hash(plain(password), PARAMETERS))
}

/** Whether the password is the one of the hash; without a hash it takes as long and is not. @throws TooManyHashes */
export async function isPassword(password: string, kept: string | null): Promise<boolean> {
  const text = plain(password)
  // A longer one was never taken: it is not worth hashing, whoever it is said to be of.
  if (text.length > LONGEST_PASSWORD * 2) return false
  const isIt = await inTurn(() => verify(kept ?? NOBODYS, text))
  return isIt && kept !== null
}

/** Whether a hash was made with other parameters than today's. */
export function needsRehash(kept: string): boolean {
  return !kept.startsWith(CURRENT)
}

/** A hash of a password that nobody has, made as today's are: what is compared where there is no account. */
const NOBODYS = `${CURRENT}IO/NazOwHQndwvYXE0uEwA$MTRPj6S94y4IHp/JuFxgWmma/eU1adoTHHq1PARuZcQ`

/** One text for what looks the same, whatever keyboard it was typed on. */
const plain = (password: string): string => password.normalize('NFC')

let underWay = 0
const waiting: (() => void)[] = []

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (underWay >= AT_ONCE) {
    if (waiting.length >= MOST_WAITING) throw new TooManyHashes('Too many passwords are being checked.')
    await new Promise<void>((resolve) => waiting.push(resolve))
  } else underWay++
  try {
    return await work()
  } finally {
    const next = waiting.shift()
    if (next === undefined) underWay--
    else next()
  }
}
