/**
 * Action attempts: what a person does at an encoder or a door, once, with a deadline (core.md section 10). Requesting
 * one writes a row and a job; the runner carries it out (provisioning/attempts).
 */
import type { Ids } from '../../ids.ts'
import type { ChangeSet } from '../changes.ts'
import type { ActionAttemptRecord, Json } from '../records.ts'

/** How long a person has at an encoder, and how long a door has to answer (core.md section 10). */
export const ENCODER_DEADLINE_MS = 60_000
export const DOOR_DEADLINE_MS = 30_000

const ENCODER_BUSY = 'The encoder is busy with another action. Try again when it has ended.'

export interface NewAttempt {
  workspace_id: string
  action_type: string
  /** What the runner needs; each attempt type has its own keys. */
  input: Json
  /** The encoder it occupies until it ends; absent for actions without one. */
  acs_encoder_id?: string
  /** A pending attempt holds that encoder (store/attempts.ts `isEncoderBusy`, read in the same decision). */
  isEncoderBusy?: boolean
  deadlineMs: number
  now: string
  nowMs: number
  ids: Ids
}

/**
 * Adds the attempt and the job that runs it; at a busy encoder, an attempt that has ended with an error. Two requests
 * racing for one encoder are told apart by a unique constraint: the loser decides again and finds it busy.
 */
export function requestAttempt(changes: ChangeSet, request: NewAttempt): ActionAttemptRecord {
  const { now } = request
  const isBusy = request.isEncoderBusy === true
  const attempt: ActionAttemptRecord = {
    workspace_id: request.workspace_id,
    action_attempt_id: request.ids.uuid(),
    action_type: request.action_type,
    status: isBusy ? 'error' : 'pending',
    result: null,
    error: isBusy ? { type: 'uncategorized_error', message: ENCODER_BUSY } : null,
    input: request.input,
    device_id: null,
    busy_encoder_id: isBusy ? null : (request.acs_encoder_id ?? null),
    started_at: null,
    deadline_at: new Date(request.nowMs + request.deadlineMs).toISOString(),
    created_at: now,
    version: 1,
  }
  changes.insert('action_attempt', attempt)
  if (!isBusy) changes.job('run_action_attempt', attempt.action_attempt_id, now)
  return attempt
}
