import { CodeXml } from 'lucide-react'
import type { Area } from '../area.ts'

export const developer: Area = {
  label: 'Developer',
  icon: CodeXml,
  href: '/developer',
  routes: [
    { path: '/developer/:tab?', load: () => import('./developer.tsx') },
    { path: '/developer/webhooks/:webhook_id', load: () => import('./webhook.tsx') },
  ],
}
