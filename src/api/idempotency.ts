/**
 * `Idempotency-Key`: a change asked for twice with the same key happens once, and is answered with the same body. The key
 * is recorded in the very command that has the effect, with what was decided (mostly the ids of what was made); the
 * answer follows. When a crash comes in between, the next request with the key runs again on the recorded decisions, and
 * only reads what they made.
 */
import { createHash } from 'node:crypto'
import { deserialize, serialize } from 'node:v8'
import { toIso } from '../clock.ts'
import { ChangeSet } from '../domain/changes.ts'
import type { IdempotencyRecord } from '../domain/records.ts'
import { findIdempotencyRecord, keepAnswer } from '../store/idempotency.ts'
import type { Decision } from '../store/store.ts'
import { ApiError } from './errors.ts'
import { isWithoutWorkspace, type Caller, type Services } from './operation.ts'

/** How long a key stands for its request (milliseconds). */
const KEPT_MS = 24 * 3_600_000
/** Printable ASCII, as a header takes it. */
const KEY = /^[\x21-\x7e]{1,255}$/

type Json = Record<string, unknown>

/** Who asks: what one client session was answered is not for another. */
function scopeOf(caller: Caller): string {
  if ('session' in caller) return `client_session ${caller.session.client_session_id}`
  if (caller.kind === 'publishable_key') return `publishable_key ${caller.userIdentifierKey}`
  return isWithoutWorkspace(caller) ? 'user' : 'workspace'
}

/** The key of a request. @throws ApiError 400 when it is none that can be kept. */
export function readIdempotencyKey(header: string | string[] | undefined): string | null {
  if (header === undefined) return null
  if (typeof header !== 'string' || !KEY.test(header)) {
    throw new ApiError(
      400,
      'invalid_idempotency_key',
      'The header Idempotency-Key takes 1 to 255 printable characters without spaces. A UUID of your own does well.',
    )
  }
  return header
}

/** Whose key it is, and what it stands for. */
type About = Pick<IdempotencyRecord, 'workspace_id' | 'scope' | 'idempotency_key' | 'fingerprint'>

/** One request with a key. */
export class Idempotency {
  readonly #services: Services
  readonly #about: About
  readonly #nowMs: number
  #record: IdempotencyRecord | null = null
  #results: { value?: unknown }[] = []
  #decided = 0

  private constructor(services: Services, about: About, nowMs: number) {
    this.#services = services
    this.#about = about
    this.#nowMs = nowMs
  }

  /**
   * Looks for an earlier request with the key. `nowMs` is the time by the workspace's clock.
   * @throws ApiError 409 `idempotency_key_reused` when that one asked for something else.
   */
  static async begin(
    services: Services,
    caller: Caller,
    request: { key: string; path: string; method: string; params: Json },
    nowMs: number,
  ): Promise<Idempotency | null> {
    const workspaceId = 'workspaceId' in caller ? caller.workspaceId : 'userId' in caller ? caller.userId : null
    if (workspaceId === null) return null
    const about = {
      workspace_id: workspaceId,
      scope: scopeOf(caller),
      idempotency_key: request.key,
      fingerprint: createHash('sha256')
        .update(canonical([request.method, request.path, request.params]))
        .digest('hex'),
    }
    const idempotency = new Idempotency(services, about, nowMs)
    await idempotency.#look()
    return idempotency
  }

  /** The answer that the request got before; null = none yet. */
  get answer(): Json | null {
    const sealed = this.#live()?.sealed_answer ?? null
    return sealed === null ? null : (JSON.parse(this.#services.sealer.open(sealed)) as Json)
  }

  /** Whether an earlier run of the request has had effects. */
  get hasEffects(): boolean {
    return this.#results.length > 0
  }

  /** Looks once more: another request with the key may have gone first meanwhile. */
  lookAgain(): Promise<void> {
    return this.#look()
  }

  /** A decision whose outcome is recorded with its effect; one that was recorded before is not made again. */
  async decide<T>(decide: (decision: () => Promise<Decision<T>>) => Promise<T>, decision: () => Promise<Decision<T>>) {
    const nth = this.#decided++
    let pending: { value?: unknown }[] | null = null
    const result = await decide(async () => {
      // Decided again, perhaps since another request with the key went first.
      if (pending !== null) await this.#look()
      const known = this.#results[nth]
      if (known !== undefined) {
        pending = null
        return { changes: new ChangeSet(), result: known.value as T }
      }
      const { changes, result } = await decision()
      pending = [...this.#results, result === undefined ? {} : { value: result }]
      this.#note(changes, pending)
      return { changes, result }
    })
    if (pending !== null) await this.#look()
    return result
  }

  /** Keeps the answer, and gives the one to send: of two such requests at once, both get the first one's. */
  async keep(answer: Json): Promise<Json> {
    const { store, sealer } = this.#services
    const row = { ...this.#row(this.#results), sealed_answer: sealer.seal(JSON.stringify(answer)) }
    if (this.#record !== null && this.#live() === null) {
      // The key had expired, and nothing was decided since.
      const changes = new ChangeSet().update('idempotency_record', KEY_COLUMNS, {
        ...row,
        version: this.#record.version,
      })
      await store.write(this.#about.workspace_id, row.created_at, changes)
      return answer
    }
    const kept = await keepAnswer(store, row)
    if (kept === null) throw reused(this.#about.idempotency_key)
    return JSON.parse(sealer.open(kept)) as Json
  }

  #note(changes: ChangeSet, results: { value?: unknown }[]): void {
    const row = this.#row(results)
    if (this.#record === null) {
      const { version: _first, ...fresh } = row
      changes.insert('idempotency_record', fresh)
    } else changes.update('idempotency_record', KEY_COLUMNS, { ...row, version: this.#record.version })
  }

  #row(results: { value?: unknown }[]): IdempotencyRecord {
    const { clock, sealer } = this.#services
    return {
      ...this.#about,
      sealed_results: sealer.seal(serialize(results).toString('base64')),
      sealed_answer: null,
      created_at: this.#live()?.created_at ?? toIso(this.#nowMs),
      sweep_at: toIso(clock.now() + 2 * KEPT_MS),
      version: 1,
    }
  }

  async #look(): Promise<void> {
    const { store, sealer } = this.#services
    const { workspace_id, scope, idempotency_key } = this.#about
    this.#record = (await findIdempotencyRecord(store, workspace_id, scope, idempotency_key)) ?? null
    const live = this.#live()
    if (live !== null && live.fingerprint !== this.#about.fingerprint) throw reused(idempotency_key)
    this.#results =
      live === null
        ? []
        : (deserialize(Buffer.from(sealer.open(live.sealed_results), 'base64')) as { value?: unknown }[])
  }

  #live(): IdempotencyRecord | null {
    const isLive = this.#record !== null && Date.parse(this.#record.created_at) + KEPT_MS > this.#nowMs
    return isLive ? this.#record : null
  }
}

const KEY_COLUMNS = ['scope', 'idempotency_key'] as const

function reused(key: string): ApiError {
  return new ApiError(
    409,
    'idempotency_key_reused',
    `The Idempotency-Key "${key}" was used for another request within the last 24 hours. Use a new key for each change, and the same one only to repeat it.`,
  )
}

/** What a caller is told when the request had its effect, and its answer can no longer be made. */
export function answerLost(): ApiError {
  return new ApiError(
    409,
    'idempotency_answer_lost',
    'The request with this Idempotency-Key took effect, but its answer was lost in a crash and what it was about has changed since. Read the resource to see how it stands.',
  )
}

/** JSON with sorted keys: the same parameters in another order are the same request. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`).join(',')}}`
}
