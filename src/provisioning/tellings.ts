/**
 * What a system was told by somebody who could not record it (store/tellings.ts). A worker may be killed or stand still in
 * the middle of a call, and the call may reach the system after others have told it newer things. So every telling is
 * written down before; one that is left behind is checked: by the next in turn some time after it has told the system
 * something newer, and by its own teller as soon as that goes on and the database is there. To check is to tell once more
 * what is wished for now, and to take back what nobody wishes for any more.
 */
import { ChangeSet } from '../domain/changes.ts'
import type { AcsCredentialRecord, AcsSystemRecord, Json, TellingRecord, TellingSubject } from '../domain/records.ts'
import { isDeletedExternally } from '../domain/sync/marks.ts'
import type { Log } from '../log.ts'
import type { Decision, Store } from '../store/store.ts'
import type { SystemPlace } from '../store/system-leases.ts'
import type { ReportedState } from '../systems/kit/driver.ts'
import { CHECK_TELLINGS, endTelling, systemsToCheck } from '../store/tellings.ts'
import type { Workspaces } from '../store/workspaces.ts'
import { rowId, type Kind, type Row, type Told } from './rows.ts'

/** How often a process with workers looks for tellings to be checked, and says again what it could not (milliseconds). */
const LOOK_EVERY_MS = 1000

/** A row as its telling names it. */
export function subjectOf({ kind, row, applied }: { kind: Kind; row: Row; applied?: Told['applied'] }): TellingSubject {
  const credential = kind === 'acs_credential' ? (row as AcsCredentialRecord) : null
  return {
    kind,
    id: rowId(kind, row),
    external_id: applied?.external_id ?? row.external_id,
    acs_user_id: credential?.acs_user_id ?? null,
    mode: credential?.access_method ?? null,
    is_deleting: row.is_deleting,
  }
}

interface Ended {
  system: SystemPlace
  telling_id: string
  subjects: TellingSubject[]
}

export interface TellingsOptions {
  store: Store
  workspaces: Workspaces
  log: Log
}

/** The tellings of this process that it could not record, and a look now and then for those that others left behind. */
export class Tellings implements AsyncDisposable {
  readonly #options: TellingsOptions
  /** Those of which the database does not know yet that they are over. */
  readonly #ended = new Set<Ended>()
  #timer: NodeJS.Timeout | null = null
  #look: Promise<void> = Promise.resolve()
  #isStopped = false

  constructor(options: TellingsOptions) {
    this.#options = options
  }

  /** The telling could not be recorded, and nothing more of it comes: said now, and again until the database has heard. */
  async ended(system: SystemPlace, telling_id: string, subjects: TellingSubject[]): Promise<void> {
    const ended = { system, telling_id, subjects }
    this.#ended.add(ended)
    await this.#say(ended)
  }

  async #say(ended: Ended): Promise<void> {
    const { store, log } = this.#options
    try {
      await endTelling(store, ended.system, ended.telling_id, ended.subjects)
      this.#ended.delete(ended)
      await this.#askForCheck(ended.system)
    } catch (error) {
      log.warn(
        { err: String(error), acs_system_id: ended.system.acs_system_id },
        'what an access system was told could not be recorded; trying again',
      )
    }
  }

  async #askForCheck({ workspace_id, acs_system_id }: SystemPlace): Promise<void> {
    const { store, workspaces } = this.#options
    const now = await workspaces.nowIso(workspace_id)
    await store.write(workspace_id, now, new ChangeSet().job(CHECK_TELLINGS, acs_system_id, now))
  }

  /** From now on it looks by itself. */
  start(): void {
    if (this.#isStopped) return
    this.#timer = setTimeout(() => {
      this.#look = this.look().finally(() => this.start())
    }, LOOK_EVERY_MS)
    this.#timer.unref()
  }

  /** Says what could not be said so far, and sees to it that what others left behind is checked when its time has come. */
  async look(): Promise<void> {
    for (const ended of [...this.#ended]) await this.#say(ended)
    try {
      for (const system of await systemsToCheck(this.#options.store)) await this.#askForCheck(system)
    } catch (error) {
      // It is found by the next look, here or in another process.
      if (!this.#isStopped) this.#options.log.warn({ err: String(error) }, 'looking for tellings to check failed')
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    await this.#look
  }
}

/**
 * Deletions of what a telling may have left at the system although nobody wishes for it any more. A PIN whose place at the
 * system another credential has by now is not among them: that one is told again, which overwrites it. `readState`: asked
 * only for what was made and never answered. @throws SystemError
 */
export async function leftBehind(
  store: Store,
  system: AcsSystemRecord,
  { subjects }: TellingRecord,
  readState: () => Promise<ReportedState>,
): Promise<{ kind: Kind; row: Row }[]> {
  const { standing, sharing } = await rowsOf(store, system, subjects)
  const known = new Set(standing.map(({ kind, row }) => `${kind} ${rowId(kind, row)}`))
  const gone = subjects.filter(({ kind, id, is_deleting }) => !is_deleting && !known.has(`${kind} ${id}`))
  const isUnanswered = gone.some(({ external_id }) => external_id === null)
  const found = isUnanswered ? await findUnanswered(store, system, gone, await readState(), new Map()) : gone
  const taken = new Set(sharing.map(({ row }) => row.external_id))
  const left = found.filter(
    ({ mode, external_id }) => mode === 'card' || external_id === null || !taken.has(external_id),
  )
  // Credentials before users before groups.
  return left.reverse().map((subject) => ({ kind: subject.kind, row: deletedRow(system, subject) }))
}

/**
 * The system's ids of what was made and never answered: by our reference, and where a system keeps none for credentials,
 * by their holder: one that he has there, and that none of ours is. `learnt`: the system's ids of holders that this turn
 * was told and has not recorded.
 */
async function findUnanswered(
  store: Store,
  { workspace_id, acs_system_id }: SystemPlace,
  gone: readonly TellingSubject[],
  state: ReportedState,
  learnt: ReadonlyMap<string, string>,
): Promise<TellingSubject[]> {
  const holderIds = gone.flatMap(({ acs_user_id }) => acs_user_id ?? [])
  const [holders, held] = await Promise.all([
    store.getMany(workspace_id, 'acs_user', 'acs_user_id', holderIds),
    store.read<Pick<AcsCredentialRecord, 'external_id' | 'acs_user_id' | 'access_method'>>(
      workspace_id,
      `SELECT external_id, acs_user_id, access_method FROM acs_credential
        WHERE workspace_id = $1 AND acs_system_id = $2 AND acs_user_id = ANY($3) AND NOT acs_credential_id = ANY($4)`,
      [acs_system_id, holderIds, gone.map(({ id }) => id)],
    ),
  ])
  const recorded = new Map(holders.map(({ acs_user_id, external_id }) => [acs_user_id, external_id]))
  // His own answer may have been lost as well.
  const atSystem = (acs_user_id: string): string | undefined =>
    recorded.get(acs_user_id) ??
    learnt.get(acs_user_id) ??
    state.users.find(({ reference }) => reference === acs_user_id)?.external_id
  const ours = new Set(held.map(({ external_id }) => external_id))
  const ofHolder = ({ acs_user_id, mode }: TellingSubject): string | undefined => {
    const user_id = acs_user_id === null ? undefined : atSystem(acs_user_id)
    // One of ours that has not been answered yet may be it.
    const isOpen = held.some(
      (one) => one.acs_user_id === acs_user_id && one.access_method === mode && one.external_id === null,
    )
    if (user_id === undefined || isOpen) return undefined
    return state.credentials.find(
      (one) => one.reference === null && one.user_id === user_id && one.mode === mode && !ours.has(one.external_id),
    )?.external_id
  }
  const lists = { acs_access_group: state.groups, acs_user: state.users, acs_credential: state.credentials }
  return gone.map((subject) => {
    if (subject.external_id !== null) return subject
    const byReference = lists[subject.kind].find(({ reference }) => reference === subject.id)?.external_id
    const byHolder = subject.kind === 'acs_credential' ? ofHolder(subject) : undefined
    return { ...subject, external_id: byReference ?? byHolder ?? null }
  })
}

/**
 * Deletions of what the system was asked for and never answered, with the id that it gave it, where it has it: deleted by
 * a name that it does not know it would stay. `learnt`: as for `findUnanswered`; `readState`: asked only when there is
 * such a deletion. @throws SystemError
 */
export async function withIds(
  store: Store,
  system: SystemPlace,
  rows: readonly { kind: Kind; row: Row }[],
  learnt: ReadonlyMap<string, string>,
  readState: () => Promise<ReportedState>,
): Promise<{ kind: Kind; row: Row }[]> {
  const open = rows.filter(({ row }) => {
    const wasAsked = row.was_asked === true || row.attempts > 0
    return row.is_deleting && wasAsked && row.external_id === null && row.reported === null
  })
  if (open.length === 0) return [...rows]
  const found = await findUnanswered(store, system, open.map(subjectOf), await readState(), learnt)
  const ids = new Map(found.map(({ kind, id, external_id }) => [`${kind} ${id}`, external_id]))
  return rows.map(({ kind, row }) => {
    const external_id = ids.get(`${kind} ${rowId(kind, row)}`) ?? null
    return external_id === null ? { kind, row } : { kind, row: { ...row, external_id } }
  })
}

/** What may be other at the system than it is wished for is told again, and the telling goes if it is over. */
export async function tellAgain(
  store: Store,
  system: AcsSystemRecord,
  telling: TellingRecord,
  now: string,
): Promise<Decision<TellingRecord | null>> {
  const { workspace_id, acs_system_id } = system
  const { telling_id } = telling
  const changes = new ChangeSet()
  const [fresh] = await store.read<TellingRecord>(
    workspace_id,
    'SELECT * FROM telling WHERE workspace_id = $1 AND telling_id = $2',
    [telling_id],
  )
  if (fresh === undefined) return { changes, result: null }
  const { standing, sharing } = await rowsOf(store, system, fresh.subjects)
  for (const { kind, row } of [...standing, ...sharing]) {
    // Whom the maker's people shut out is told of to nobody.
    if (isDeletedExternally(row)) continue
    const key = `${kind}_id` as const
    // It may be there, though nothing was ever recorded: also a deletion is asked for then.
    const again = { is_dirty: true, dirty_since: now, retry_at: null, was_asked: true }
    changes.update(kind, key as never, { [key]: rowId(kind, row), version: row.version, ...again })
  }
  // Whatever comes between here and the telling: it is not forgotten.
  changes.job('provision', acs_system_id, now)
  const { version } = fresh
  if (fresh.is_over) changes.delete('telling', { telling_id, version })
  else changes.expect('telling', { telling_id, version })
  return { changes, result: fresh.is_over ? null : fresh }
}

/** The rows that a telling names, and those that have by now what it may have taken or changed at the system. */
async function rowsOf(
  store: Store,
  { workspace_id, acs_system_id }: SystemPlace,
  subjects: readonly TellingSubject[],
): Promise<{ standing: { kind: Kind; row: Row }[]; sharing: { kind: Kind; row: Row }[] }> {
  const kinds: readonly Kind[] = ['acs_access_group', 'acs_user', 'acs_credential']
  const found = await Promise.all(
    kinds.map(async (kind) => {
      const own = subjects.filter((subject) => subject.kind === kind)
      if (own.length === 0) return []
      const rows = await store.read<Row>(
        workspace_id,
        `SELECT * FROM ${kind} WHERE workspace_id = $1 AND acs_system_id = $2 AND (${kind}_id = ANY($3) OR external_id = ANY($4))`,
        [acs_system_id, own.map(({ id }) => id), own.flatMap(({ external_id }) => external_id ?? [])],
      )
      return rows.map((row) => ({ kind, row, isNamed: own.some(({ id }) => id === rowId(kind, row)) }))
    }),
  )
  const all = found.flat()
  const standing = all.filter(({ isNamed }) => isNamed)
  // A card of the pool is nobody's: its system is not told of it.
  const sharing = all.filter(({ row, isNamed }) => !isNamed && !('access_method' in row && row.acs_user_id === null))
  return { standing, sharing }
}

/** Enough of a row that is gone to tell its system to delete it. */
function deletedRow({ workspace_id, acs_system_id }: SystemPlace, subject: TellingSubject): Row {
  const { kind, id, external_id, acs_user_id, mode } = subject
  const row: Json = {
    workspace_id,
    acs_system_id,
    [`${kind}_id`]: id,
    external_id,
    ...(kind === 'acs_credential' && mode !== null ? { acs_user_id, access_method: mode } : {}),
    ...(kind === 'acs_user' ? { acs_access_group_ids: [] } : {}),
    is_deleting: true,
    was_asked: true,
    reported: null,
    attempts: 0,
    errors: [],
    version: 0,
  }
  return row as unknown as Row
}
