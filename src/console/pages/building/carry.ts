/** What a person carries through the building, and what happens where it is put. The same for mouse, finger and keyboard. */

export type Carried =
  | { kind: 'card'; card_id: string }
  /** A fresh card of a format; it becomes a card of its own on an encoder. */
  | { kind: 'blank'; card_format: string }
  | { kind: 'phone'; device_id: string }
  /** A code in somebody's head, named by its credential: the code itself is dragged nowhere. */
  | { kind: 'code'; acs_credential_id: string }

/** Where it can be put. */
export type Target = { kind: 'door'; acs_entrance_id: string } | { kind: 'encoder'; acs_encoder_id: string }

/** The call that putting it there makes. */
export type Act =
  | { path: '/sandbox/doors/present_card'; params: { acs_entrance_id: string; card_id: string } }
  | { path: '/sandbox/doors/present_phone'; params: { acs_entrance_id: string; device_id: string } }
  | { path: '/sandbox/doors/enter_code'; params: { acs_entrance_id: string; code: string } }
  | { path: '/sandbox/encoders/place_card'; params: { acs_encoder_id: string; card_id: string } }
  | { path: '/sandbox/encoders/place_card'; params: { acs_encoder_id: string; card_format: string } }

/**
 * Null = it cannot be put there.
 * @param codeOf the code of a credential, if it is still known
 */
export function actOf(
  carried: Carried,
  target: Target,
  codeOf: (acs_credential_id: string) => string | undefined,
): Act | null {
  return target.kind === 'door'
    ? atDoor(carried, target.acs_entrance_id, codeOf)
    : onEncoder(carried, target.acs_encoder_id)
}

function atDoor(
  carried: Carried,
  acs_entrance_id: string,
  codeOf: (acs_credential_id: string) => string | undefined,
): Act | null {
  switch (carried.kind) {
    case 'card':
      return { path: '/sandbox/doors/present_card', params: { acs_entrance_id, card_id: carried.card_id } }
    case 'phone':
      return { path: '/sandbox/doors/present_phone', params: { acs_entrance_id, device_id: carried.device_id } }
    case 'code': {
      const code = codeOf(carried.acs_credential_id)
      return code === undefined ? null : { path: '/sandbox/doors/enter_code', params: { acs_entrance_id, code } }
    }
    case 'blank':
      return null
  }
}

function onEncoder(carried: Carried, acs_encoder_id: string): Act | null {
  const path = '/sandbox/encoders/place_card'
  if (carried.kind === 'card') return { path, params: { acs_encoder_id, card_id: carried.card_id } }
  if (carried.kind === 'blank') return { path, params: { acs_encoder_id, card_format: carried.card_format } }
  return null
}

/** How something dragged goes from element to element: its type says what it is, so that a target can refuse it. */
const TYPES: Readonly<Record<Carried['kind'], string>> = {
  card: 'application/x-lockstitch-card',
  blank: 'application/x-lockstitch-blank',
  phone: 'application/x-lockstitch-phone',
  code: 'application/x-lockstitch-code',
}

export function idOf(carried: Carried): string {
  switch (carried.kind) {
    case 'card':
      return carried.card_id
    case 'blank':
      return carried.card_format
    case 'phone':
      return carried.device_id
    case 'code':
      return carried.acs_credential_id
  }
}

export function dragItem(carried: Carried): Record<string, string> {
  return { [TYPES[carried.kind]]: idOf(carried) }
}

/** The types that a target takes. */
export function takenBy(kind: Target['kind']): string[] {
  return kind === 'door' ? [TYPES.card, TYPES.phone, TYPES.code] : [TYPES.card, TYPES.blank]
}

/** Whether something can be put on a target of this kind at all. */
export function fits(carried: Carried, kind: Target['kind']): boolean {
  return takenBy(kind).includes(TYPES[carried.kind])
}

/** What was dropped, if it is ours. */
export function dropped(type: string, text: string): Carried | null {
  if (text === '') return null
  switch (type) {
    case TYPES.card:
      return { kind: 'card', card_id: text }
    case TYPES.blank:
      return { kind: 'blank', card_format: text }
    case TYPES.phone:
      return { kind: 'phone', device_id: text }
    case TYPES.code:
      return { kind: 'code', acs_credential_id: text }
    default:
      return null
  }
}

export function isSame(a: Carried | null, b: Carried): boolean {
  return a !== null && a.kind === b.kind && idOf(a) === idOf(b)
}
