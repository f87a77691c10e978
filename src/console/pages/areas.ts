/** Every area of the console, in the order of the navigation. */
import { lazy, type ComponentType } from 'react'
import { accessGrants } from './access-grants/area.ts'
import { accessSystems } from './access-systems/area.ts'
import { accountRoutes } from './account/routes.ts'
import type { Area } from './area.ts'
import { building } from './building/area.ts'
import { developer } from './developer/area.ts'
import { devices } from './devices/area.ts'
import { people } from './people/area.ts'
import { settings, team } from './settings/area.ts'
import { spaces } from './spaces/area.ts'

export const areas: readonly Area[] = [
  accessGrants,
  accessSystems,
  devices,
  building,
  spaces,
  people,
  developer,
  settings,
  team,
]

export const pages: readonly { path: string; Component: ComponentType }[] = [
  ...areas.flatMap(({ routes }) => routes),
  ...accountRoutes,
].map(({ path, load }) => ({ path, Component: lazy(load) }))
