/**
 * The job `run_action_attempt`: what a person does at an encoder, a card pool or a door happens once, with a deadline,
 * and ends as a success or a named error. An attempt found started after a crash is in doubt: the system is asked what
 * became of it before anything else (design.md section 2).
 */
import { ChangeSet } from '../../domain/changes.ts'
import type { ActionAttemptRecord } from '../../domain/records.ts'
import { EncoderError, SystemError } from '../../systems/kit/errors.ts'
import type { JobOutcome, JobRun } from '../worker.ts'
import { runAssign } from './assign.ts'
import { uncategorized, type AttemptEnd, type AttemptRun, type AttemptTools } from './attempt.ts'
import { runEncode } from './encode.ts'
import { publishedType } from './refusals.ts'
import { runReset } from './reset.ts'
import { runScan, runScanToAssign } from './scan.ts'
import { runUnlock } from './unlock.ts'

type Runner = (run: AttemptRun) => Promise<JobOutcome>

const RUNNERS: Record<string, Runner> = {
  ENCODE_CREDENTIAL: runEncode,
  ENCODE_ACCESS_METHOD: runEncode,
  SCAN_CREDENTIAL: runScan,
  SCAN_TO_ASSIGN_CREDENTIAL: runScanToAssign,
  ASSIGN_CREDENTIAL: runAssign,
  UNLOCK_DOOR: runUnlock,
  RESET_SANDBOX_WORKSPACE: runReset,
}

/** After a lost answer the system is asked again this often (milliseconds of real time: a person waits), for 50 s. */
const DOUBT_RETRY_MS = 500
const DOUBT_TRIES = 100

export class AttemptRunner {
  readonly #tools: AttemptTools

  constructor(tools: AttemptTools) {
    this.#tools = tools
  }

  /** Handler of the job: key = action_attempt_id. */
  async run(job: JobRun): Promise<JobOutcome> {
    const { store, workspaces } = this.#tools.options
    const attempt = await store.get(job.workspaceId, 'action_attempt', 'action_attempt_id', job.key)
    if (attempt === undefined || attempt.status !== 'pending') return undefined
    const now = await workspaces.nowIso(job.workspaceId)
    const run = this.#runOf(attempt, job, now)
    const runner = RUNNERS[attempt.action_type]
    const wasStarted = attempt.started_at !== null
    try {
      if (runner === undefined) throw new Error(`no runner for ${attempt.action_type}`)
      if (attempt.deadline_at !== null && attempt.deadline_at <= now) {
        await run.end(async () => expired())
        return undefined
      }
      return await runner(run)
    } catch (error) {
      if (error instanceof EncoderError) {
        await run.end(async () => ({ status: 'error', type: error.code, message: error.message }))
        return undefined
      }
      if (!(error instanceof SystemError)) {
        // A fault of ours is tried again; an attempt must not stay pending for it.
        if (job.attempts >= 2)
          await run.end(async () =>
            uncategorized('The action failed inside Lockstitch. Try again; the log has the details.'),
          )
        throw error
      }
      // A system that was not reached did nothing; only what an earlier run began may have come about.
      const isInDoubt = error.kind === 'in_doubt' || (wasStarted && error.kind === 'unreachable')
      if (isInDoubt && job.attempts < DOUBT_TRIES) return { again_in_ms: DOUBT_RETRY_MS }
      if (isInDoubt) {
        await run.end(async () => expired())
        return undefined
      }
      await run.end(async () => systemFailure(error))
      return undefined
    }
  }

  #runOf(attempt: ActionAttemptRecord, job: JobRun, now: string): AttemptRun {
    const { store } = this.#tools.options
    const { workspaceId, fence } = job
    return {
      attempt,
      tools: this.#tools,
      signal: job.signal,
      fence,
      now,
      begin: async (decision = async () => new ChangeSet()) => {
        if (attempt.started_at !== null) return true
        const hasBegun = await store.decide(
          workspaceId,
          () => now,
          async () => {
            const changes = await decision()
            if (changes === null) return { changes: new ChangeSet(), result: false }
            const { action_attempt_id } = attempt
            changes.update('action_attempt', 'action_attempt_id', { action_attempt_id, started_at: now })
            return { changes, result: true }
          },
          fence,
        )
        if (hasBegun) attempt.started_at = now
        return hasBegun
      },
      end: (decision) =>
        store.decide(
          workspaceId,
          () => now,
          async () => {
            const end = await decision()
            const changes = end.changes ?? new ChangeSet()
            changes.update('action_attempt', 'action_attempt_id', {
              action_attempt_id: attempt.action_attempt_id,
              status: end.status,
              busy_encoder_id: null,
              ...(end.status === 'success' ? { result: end.result } : { error: errorOf(attempt.action_type, end) }),
            })
            return { changes, result: undefined }
          },
          fence,
        ),
    }
  }
}

function errorOf(
  actionType: string,
  end: Extract<AttemptEnd, { status: 'error' }>,
): NonNullable<ActionAttemptRecord['error']> {
  return {
    type: publishedType(actionType, end.type),
    message: end.message,
    ...(end.alias_type === undefined ? {} : { alias_type: end.alias_type }),
  }
}

function expired(): AttemptEnd {
  return {
    status: 'error',
    type: 'action_attempt_expired',
    message: 'No answer came in time. Check the encoder or door and try again.',
  }
}

function systemFailure(error: SystemError): AttemptEnd {
  if (error.kind === 'unreachable') {
    return {
      status: 'error',
      type: 'encoder_not_online',
      message: 'The access system cannot be reached. Check that it is online and try again.',
    }
  }
  return uncategorized(error.message)
}
