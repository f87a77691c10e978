/** Why a door opened or did not, in words and in the published event's terms. */
import type { DoorReason } from '../systems/kit/virtual.ts'

export const MESSAGES: Record<DoorReason, string> = {
  granted: 'The door opened.',
  not_yet_valid:
    'Access through this door has not started yet: see starts_at of the grant, the credential or the user.',
  expired: 'Access through this door is over. Move its end, and encode a written card again.',
  no_access_to_entrance:
    'This credential does not open this door. Add the door to its grant or group, and encode a written card again.',
  revoked: 'The credential was deleted. Issue a new one.',
  overridden:
    'A newer stay or a newer card has been used at this door. Issue a new one to whoever is still to come in.',
  suspended: 'The user is suspended. Lift it with /acs/users/unsuspend.',
  not_subscribed:
    'The user is not subscribed on the site at this time: see its access schedule and the free subscriptions.',
  not_issued: 'The credential is not issued to anybody, or not issued yet. Assign or encode it first.',
  unknown_credential: 'The door does not know this credential. Grant access to this door, or wait until it was issued.',
  blank_card: 'The card is blank. Encode it first.',
  wrong_format: 'The reader cannot read a card of this format. Use one that an encoder of its system has written.',
  privacy_mode: 'The door is in privacy mode. Somebody inside has to end it.',
  keypad_locked: 'Too many wrong PINs: the keypad takes none for a minute.',
  entrance_offline: 'The door cannot reach its system. Check its connection.',
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
