/** Why a door opened or did not, in words and in the published event's terms. */
import type { DoorReason } from '../systems/kit/virtual.ts'

export const MESSAGES: Record<DoorReason, string> = {
  granted: 'The door opened.',
  not_yet_valid: 'Access through this door has not started yet.',
  expired: 'Access through this door is over.',
  no_access_to_entrance: 'This credential does not open this door.',
  revoked: 'The credential was deleted.',
  overridden: 'A newer stay or a newer card has been used at this door.',
  suspended: 'The user is suspended.',
  not_subscribed: 'The user is not subscribed on the site at this time.',
  not_issued: 'The credential is not issued to anybody, or not issued yet.',
  unknown_credential: 'The door does not know this credential.',
  blank_card: 'The card is blank. Encode it first.',
  wrong_format: 'The reader cannot read a card of this format.',
  privacy_mode: 'The door is in privacy mode.',
  entrance_offline: 'The door cannot reach its system.',
}

/** How a person stands before the door. */
export type Means = 'card' | 'code' | 'phone'

/** `reason` of the event `lock.access_denied`. */
export function deniedReason(means: Means, reason: DoorReason): { reason_code: string; message: string } {
  return { reason_code: codeOf(means, reason), message: MESSAGES[reason] }
}

function codeOf(means: Means, reason: DoorReason): string {
  if (reason === 'privacy_mode') return 'blocked_by_privacy_mode'
  if (means !== 'code') return 'credential_error'
  if (reason === 'expired') return 'expired_code'
  if (reason === 'suspended' || reason === 'not_subscribed') return 'blocklisted_code'
  return 'unknown_code'
}
