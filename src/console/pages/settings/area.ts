import { Settings, Users } from 'lucide-react'
import type { Area } from '../area.ts'

export const settings: Area = {
  label: 'Settings',
  icon: Settings,
  href: '/settings',
  routes: [{ path: '/settings', load: () => import('./settings.tsx') }],
}

export const team: Area = {
  label: 'Team',
  icon: Users,
  href: '/team',
  routes: [{ path: '/team', load: () => import('./team.tsx') }],
}
