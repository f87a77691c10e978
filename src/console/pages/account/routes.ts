import type { PageRoute } from '../area.ts'

/** Reached from the menu of the user, not from the navigation. */
export const accountRoutes: PageRoute[] = [{ path: '/account', load: () => import('./page.tsx') }]
