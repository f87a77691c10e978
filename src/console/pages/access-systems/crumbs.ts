import { useAnswer } from '../../api/queries.ts'
import type { AcsSystem } from '../../api/routes.ts'
import type { Crumb } from '../../kit/page.tsx'
import { systemHref } from '../shared/links.ts'

/** The system that the page is within, and the way back to it. */
export function useSystem(acsSystemId: string, tab: string): { system: AcsSystem | undefined; crumbs: Crumb[] } {
  const system = useAnswer('/acs/systems/get', { acs_system_id: acsSystemId }).data?.acs_system
  const crumbs = [
    { label: 'Access Systems', href: '/access-systems' },
    { label: system?.name ?? 'Access System', href: systemHref(acsSystemId, tab) },
  ]
  return { system, crumbs }
}
