import { DoorOpen } from 'lucide-react'
import type { Area } from '../area.ts'

export const building: Area = {
  label: 'Building',
  icon: DoorOpen,
  href: '/building',
  isSandboxOnly: true,
  routes: [{ path: '/building/:acs_system_id?', load: () => import('./page.tsx') }],
}
