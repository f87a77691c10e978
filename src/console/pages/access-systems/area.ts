import { Building2 } from 'lucide-react'
import type { Area } from '../area.ts'

export const accessSystems: Area = {
  label: 'Access Systems',
  icon: Building2,
  href: '/access-systems',
  routes: [{ path: '/access-systems', load: () => import('./list.tsx') }],
}
