import { useAnswer } from '../../api/queries.ts'
import type { AcsEntrance } from '../../api/routes.ts'
import { browserZone } from '../../kit/times.ts'

/** The time zone of the property these doors are in; the browser's where there is none or more than one. */
export function useZone(doors: readonly Pick<AcsEntrance, 'acs_system_id'>[]): string {
  const { data } = useAnswer('/acs/systems/list', {})
  const ids = new Set(doors.map(({ acs_system_id }) => acs_system_id))
  const systems = (data?.acs_systems ?? []).filter(({ acs_system_id }) => ids.has(acs_system_id))
  const zones = new Set(systems.map(({ location }) => location.time_zone))
  const [zone] = zones
  return zones.size === 1 && zone !== null && zone !== undefined ? zone : browserZone
}
