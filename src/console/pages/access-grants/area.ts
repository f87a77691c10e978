import { KeyRound } from 'lucide-react'
import type { Area } from '../area.ts'

export const accessGrants: Area = {
  label: 'Access Grants',
  icon: KeyRound,
  href: '/access-grants',
  routes: [
    { path: '/access-grants', load: () => import('./list.tsx') },
    { path: '/access-grants/new', load: () => import('./create.tsx') },
    { path: '/access-grants/:access_grant_id', load: () => import('./grant.tsx') },
  ],
}
