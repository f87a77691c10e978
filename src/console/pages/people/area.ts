import { Users } from 'lucide-react'
import type { Area } from '../area.ts'

export const people: Area = {
  label: 'People',
  icon: Users,
  href: '/people',
  routes: [
    { path: '/people', load: () => import('./list.tsx') },
    { path: '/people/:user_identity_id/:tab?', load: () => import('./person.tsx') },
  ],
}
