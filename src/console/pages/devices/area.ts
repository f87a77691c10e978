import { Lock } from 'lucide-react'
import type { Area } from '../area.ts'

export const devices: Area = {
  label: 'Devices',
  icon: Lock,
  href: '/devices',
  routes: [
    { path: '/devices/:tab?', load: () => import('./list.tsx') },
    { path: '/devices/locks/:device_id', load: () => import('./device.tsx') },
  ],
}
