/** An area is one entry of the navigation and the pages beneath it; each page is loaded when it is first opened. */
import type { LucideIcon } from 'lucide-react'
import type { ComponentType } from 'react'

export interface PageRoute {
  /** Within the workspace, in React Router's words: `/access-systems/:acs_system_id/:tab?`. */
  path: string
  load: () => Promise<{ default: ComponentType }>
}

export interface Area {
  label: string
  icon: LucideIcon
  href: string
  /** Left out of the navigation of production workspaces. */
  isSandboxOnly?: boolean
  routes: PageRoute[]
}
