/**
 * Keypads that defend themselves, as many real ones do: after so many wrong PINs in a row a keypad takes none for a
 * minute. Off until a test asks for it (`/sandbox/doors/set_state`), since most tests try wrong PINs on purpose.
 */
import type { DoorDecision, VirtualTransaction } from '../systems/kit/virtual.ts'

/** How long a keypad takes no PIN (milliseconds, by the workspace's clock). */
const LOCKED_MS = 60_000
const KIND = 'keypad'

interface Keypad {
  /** Wrong PINs in a row that lock it; null = it never locks. */
  allowed: number | null
  wrong: number
  /** Milliseconds since 1970. */
  locked_until: number
}

const LOCKED: DoorDecision = {
  opened: false,
  reason: 'keypad_locked',
  credential_reference: null,
  ended_references: [],
}

/** From now on so many wrong PINs lock the keypad; what it had counted is forgotten. */
export function setKeypad(records: VirtualTransaction, entranceId: string, allowed: number | null): void {
  records.put(KIND, entranceId, { allowed, wrong: 0, locked_until: 0 } satisfies Keypad)
}

/** How a keypad stands, by the door's id; one that nobody has set is not there. */
export async function readKeypads(
  rows: (kind: string) => Promise<{ id: string; data: object }[]>,
): Promise<Map<string, Pick<Keypad, 'allowed' | 'locked_until'>>> {
  return new Map((await rows(KIND)).map(({ id, data }) => [id, data as Keypad]))
}

/** Lets the door decide, unless its keypad is locked, and counts what it said. */
export async function throughKeypad(
  records: VirtualTransaction,
  entranceId: string,
  nowMs: number,
  decide: () => Promise<DoorDecision>,
): Promise<DoorDecision> {
  const keypad = await records.get<Keypad>(KIND, entranceId)
  if (keypad === undefined || keypad.allowed === null) return decide()
  if (isLocked(keypad, nowMs)) return LOCKED
  const decision = await decide()
  const wrong = decision.opened ? 0 : keypad.wrong + 1
  const isOver = wrong >= keypad.allowed
  records.put(KIND, entranceId, {
    ...keypad,
    wrong: isOver ? 0 : wrong,
    locked_until: isOver ? nowMs + LOCKED_MS : 0,
  } satisfies Keypad)
  return decision
}

/** A clock that was set back does not keep a keypad locked for longer. */
export function isLocked({ locked_until }: Pick<Keypad, 'locked_until'>, nowMs: number): boolean {
  return nowMs < locked_until && nowMs >= locked_until - LOCKED_MS
}
