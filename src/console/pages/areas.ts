/** Every area of the console, in the order of the navigation. */
import { lazy, type ComponentType } from 'react'
import { accessSystems } from './access-systems/area.ts'
import { accountRoutes } from './account/routes.ts'
import type { Area } from './area.ts'
import { building } from './building/area.ts'
import { people } from './people/area.ts'

export const areas: readonly Area[] = [accessSystems, people, building]

export const pages: readonly { path: string; Component: ComponentType }[] = [
  ...areas.flatMap(({ routes }) => routes),
  ...accountRoutes,
].map(({ path, load }) => ({ path, Component: lazy(load) }))
