/** Why a door opened or did not, as a person at the desk says it, and what to do about it. Keys are the wire's `reason`. */

export interface Reason {
  /** A few words for the door itself. */
  short: string
  why: string
  /** Empty = nothing has to be done. */
  remedy: string
}

const REASONS: Readonly<Record<string, Reason>> = {
  granted: { short: 'Opened', why: 'The door opened.', remedy: '' },
  not_yet_valid: {
    short: 'Too early',
    why: 'The access has not begun yet.',
    remedy: 'Come back when it begins, or let the grant begin earlier and encode the card again.',
  },
  expired: {
    short: 'Expired',
    why: 'The access is over.',
    remedy: 'Extend the grant, and encode the card again: what is written on plastic does not change by itself.',
  },
  no_access_to_entrance: {
    short: 'Not this door',
    why: 'This credential is for other doors.',
    remedy: 'Add the door to the grant or to the group, and encode the card again.',
  },
  revoked: {
    short: 'Taken away',
    why: 'The access was taken away.',
    remedy: 'If it should not have been, make a new grant.',
  },
  overridden: {
    short: 'Replaced',
    why: 'Somebody has come in with a card of a newer stay, or with a newer card of the same person.',
    remedy: 'Whoever is still to come in needs a new card.',
  },
  suspended: {
    short: 'Suspended',
    why: 'The user is suspended in the access system.',
    remedy: 'Lift the suspension on the user’s page.',
  },
  not_subscribed: {
    short: 'No subscription',
    why: 'The user has no subscription at this site now.',
    remedy: 'Check the user’s access schedule, and whether the site has a subscription free.',
  },
  not_issued: {
    short: 'Not issued',
    why: 'The card belongs to nobody, or the key has not been issued yet.',
    remedy: 'Assign the card or encode it first.',
  },
  unknown_credential: {
    short: 'Not known',
    why: 'The door does not know this card, code or key.',
    remedy: 'Check the code, or grant access to this door and wait until it is issued.',
  },
  blank_card: {
    short: 'Blank card',
    why: 'There is nothing on the card.',
    remedy: 'Put it on an encoder and encode an access method onto it.',
  },
  wrong_format: {
    short: 'Wrong card',
    why: 'The reader cannot read cards of this format.',
    remedy: 'Take a card that an encoder of this system has written.',
  },
  privacy_mode: {
    short: 'Privacy',
    why: 'Somebody inside does not want to be disturbed.',
    remedy: 'Wait until privacy mode is ended from inside. Here you can switch it off.',
  },
  keypad_locked: {
    short: 'Keypad locked',
    why: 'There were too many wrong codes: the keypad takes none for a minute.',
    remedy: 'Wait a minute of the building’s time, or advance its clock.',
  },
  entrance_offline: {
    short: 'Offline',
    why: 'The door asks its system, and cannot reach it.',
    remedy: 'Bring the door online again.',
  },
}

/** In words; one that this console does not know is named as the server names it, with the server's sentence. */
export function reasonOf(reason: string, message = ''): Reason {
  return Object.hasOwn(REASONS, reason)
    ? (REASONS[reason] as Reason)
    : { short: reason.replaceAll('_', ' '), why: message, remedy: '' }
}

export interface Attempt {
  door_attempt_id: string
  acs_entrance_id: string
  opened: boolean
  reason: string
  message: string
  occurred_at: string
  acs_credential_id?: string
  access_method_id?: string
  user_identity_id?: string
}

/** What a screen reader says when somebody has been at a door. */
export function announce(doorName: string, { opened, reason, message }: Attempt): string {
  if (opened) return `${doorName} opened.`
  const { why, remedy } = reasonOf(reason, message)
  return [`${doorName} stayed shut.`, why, remedy].filter((text) => text !== '').join(' ')
}
