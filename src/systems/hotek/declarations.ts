/** What an operator declares of a Hotek site, and the ids that follow from it: numbers are all that Hotek knows of a door. */
import type { DeclarationFault, DeviceDeclarations, ReportedEncoder, ReportedEntrance } from '../kit/driver.ts'
import { definition } from './definition.ts'

/** Longest number or name taken. */
const LONGEST = 50

export interface Room {
  room_number: string
}

export interface CommonArea {
  common_area_number: string
  common_area_name: string
}

export function roomId(number: string): string {
  return `room-${number}`
}

export function commonAreaId(number: string): string {
  return `common-area-${number}`
}

export function encoderId(number: string): string {
  return `encoder-${number}`
}

/** The number that an id was made of; undefined when it is one of another kind. */
export function numberIn(id: string, idOf: (number: string) => string): string | undefined {
  const prefix = idOf('')
  return id.startsWith(prefix) && id.length > prefix.length ? id.slice(prefix.length) : undefined
}

export function reportedEntrance(place: Room | CommonArea): ReportedEntrance {
  const isRoom = 'room_number' in place
  return {
    external_id: isRoom ? roomId(place.room_number) : commonAreaId(place.common_area_number),
    display_name: isRoom ? `Room ${place.room_number}` : place.common_area_name,
    can_unlock_with: { code: false, card: true, mobile_key: false, cloud_key: false },
    // A room is a guest's; common areas are everybody's and take no part in stays.
    can_belong_to_reservation: isRoom,
    is_locked: null,
    metadata: { [definition.metadataKey]: { ...place } },
  }
}

export const declarations: DeviceDeclarations = {
  entrance(declared, { isRemoved }): ReportedEntrance | DeclarationFault {
    const { room_number, common_area_number, common_area_name } = declared
    const isRoom = room_number !== undefined
    if (isRoom === (common_area_number !== undefined)) {
      return { field: 'room_number', message: 'Name one of room_number and common_area_number, not both' }
    }
    if (isRoom) {
      if (common_area_name !== undefined)
        return { field: 'common_area_name', message: 'A room has no common area name: leave it out' }
      const number = textIn(declared, 'room_number')
      return typeof number === 'string' ? reportedEntrance({ room_number: number }) : number
    }
    const number = textIn(declared, 'common_area_number')
    if (typeof number !== 'string') return number
    if (isRemoved && common_area_name === undefined) {
      return reportedEntrance({ common_area_number: number, common_area_name: '' })
    }
    const name = textIn(declared, 'common_area_name')
    return typeof name === 'string' ? reportedEntrance({ common_area_number: number, common_area_name: name }) : name
  },
  encoder(declared): ReportedEncoder | DeclarationFault {
    const number = textIn(declared, 'encoder_number')
    return typeof number === 'string' ? { external_id: encoderId(number), display_name: `Encoder ${number}` } : number
  },
}

function textIn(declared: Readonly<Record<string, unknown>>, field: string): string | DeclarationFault {
  const value = declared[field]
  const text = typeof value === 'string' ? value.trim() : ''
  if (text === '') return { field, message: value === undefined ? 'Required' : 'Must not be blank' }
  return text.length > LONGEST ? { field, message: `Must have at most ${LONGEST} characters` } : text
}
