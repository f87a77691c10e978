import { Building2 } from 'lucide-react'
import type { Area } from '../area.ts'

export const accessSystems: Area = {
  label: 'Access Systems',
  icon: Building2,
  href: '/access-systems',
  routes: [
    { path: '/access-systems', load: () => import('./list.tsx') },
    { path: '/access-systems/:acs_system_id/:tab?', load: () => import('./system.tsx') },
    { path: '/access-systems/:acs_system_id/users/:acs_user_id/:tab?', load: () => import('./user.tsx') },
    {
      path: '/access-systems/:acs_system_id/access-groups/:acs_access_group_id/:tab?',
      load: () => import('./access-group.tsx'),
    },
    { path: '/access-systems/:acs_system_id/entrances/:acs_entrance_id/:tab?', load: () => import('./entrance.tsx') },
    { path: '/access-systems/:acs_system_id/credentials/:acs_credential_id', load: () => import('./credential.tsx') },
  ],
}
