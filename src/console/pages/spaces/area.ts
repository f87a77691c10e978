import { LayoutGrid } from 'lucide-react'
import type { Area } from '../area.ts'

export const spaces: Area = {
  label: 'Spaces',
  icon: LayoutGrid,
  href: '/spaces',
  routes: [
    { path: '/spaces', load: () => import('./list.tsx') },
    { path: '/spaces/:space_id', load: () => import('./space.tsx') },
  ],
}
