/**
 * Reservations: grants sharing a `reservation_key` are one stay (core.md 6.5). The rules compare the doors that can
 * belong to a reservation; others are free. Words and order are the documented ones.
 */
import type { ReservationGrant } from '../grants/facts.ts'
import { overlaps, type AccessWindow } from '../grants/windows.ts'

export interface ReservationRequest extends AccessWindow {
  reservation_key: string | null
  /** Targeted doors that can belong to a reservation, spaces expanded. */
  reservable_door_ids: readonly string[]
  /** A guest card or key is asked for at a door whose system demands a reservation for it. */
  isReservationRequired: boolean
  /** A change of an existing grant is only held against the rules about what it changes. Both when absent. */
  checks?: { doors: boolean; times: boolean }
}

export interface ReservationViolation {
  /** The rule of core.md 6.5. */
  rule: '1' | 'R' | '2' | '3' | '4'
  status: 400 | 409
  title: string
  message: string
  conflicting_access_grant_ids: string[]
}

/** The first rule that the grant would break, or null. `others` are the other live grants of the reservation. */
export function checkReservation(
  request: ReservationRequest,
  others: readonly ReservationGrant[],
): ReservationViolation | null {
  const { checks = { doors: true, times: true } } = request
  return (checks.doors ? checkDoors(request, others) : null) ?? (checks.times ? checkTimes(request, others) : null)
}

function checkDoors(request: ReservationRequest, others: readonly ReservationGrant[]): ReservationViolation | null {
  const doors = new Set(request.reservable_door_ids)
  if (request.reservation_key === null) {
    if (!request.isReservationRequired) return null
    return {
      rule: 'R',
      status: 400,
      title: 'reservation_key required for guest cards.',
      message:
        'The targeted provider requires a reservation for guest credentials. Add a reservation_key when issuing guest credentials for these entrances.',
      conflicting_access_grant_ids: [],
    }
  }
  if (doors.size === 0) {
    return {
      rule: '1',
      status: 400,
      title: 'reservation_key not supported.',
      message:
        'No targeted entrances support reservation behavior. Remove reservation_key or include at least one reservation-capable entrance.',
      conflicting_access_grant_ids: [],
    }
  }
  // The union over the live grants: what the first one established, shrinking to the joiners' doors once it is gone.
  const established = new Set(others.flatMap((grant) => grant.reservable_door_ids))
  const isCovered = [...doors].every((door) => established.has(door))
  if (established.size > 0 && !isCovered) {
    const isSuperset = [...established].every((door) => doors.has(door))
    const conflicting_access_grant_ids = others.map((grant) => grant.access_grant_id)
    if (isSuperset) {
      return {
        rule: '3',
        status: 409,
        title: 'Reservation joiner entrance set conflict.',
        message: 'Joiner access grants must use the same or a subset of the reservation-capable doors.',
        conflicting_access_grant_ids,
      }
    }
    return {
      rule: '2',
      status: 409,
      title: 'Reservation entrance change requires cleanup.',
      message: 'To change the doors for this reservation, delete the existing access grants first.',
      conflicting_access_grant_ids,
    }
  }
  return null
}

function checkTimes(request: ReservationRequest, others: readonly ReservationGrant[]): ReservationViolation | null {
  if (request.reservation_key === null) return null
  const apart = others.filter((grant) => !overlaps(request, grant))
  if (apart.length > 0) {
    return {
      rule: '4',
      status: 409,
      title: 'Reservation time frames must overlap.',
      message: 'Access grants in the same reservation must have overlapping time frames.',
      conflicting_access_grant_ids: apart.map((grant) => grant.access_grant_id),
    }
  }
  return null
}
