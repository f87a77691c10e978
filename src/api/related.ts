/** `get_related`: resources around others, in groups that the caller may choose (core.md 6.6). */
import { errors } from './errors.ts'

export interface RelatedParams {
  include?: string[]
  exclude?: string[]
}

/**
 * Whether a group is asked for: all when nothing is said; with `include` only those, less those in `exclude`. A group
 * that is asked for is present even when empty; others are absent.
 */
export function wantedGroups({ include, exclude }: RelatedParams): (group: string) => boolean {
  return (group) => (include === undefined || include.includes(group)) && exclude?.includes(group) !== true
}

/** Reads the groups that are asked for, side by side. */
export async function gather(
  params: RelatedParams,
  groups: Record<string, () => Promise<unknown[]> | unknown[]>,
): Promise<Record<string, unknown[]>> {
  const isWanted = wantedGroups(params)
  const entries = Object.entries(groups).filter(([name]) => isWanted(name))
  const read = await Promise.all(entries.map(async ([name, of]): Promise<[string, unknown[]]> => [name, await of()]))
  return Object.fromEntries(read)
}

/** @throws ApiError 404 when none of the resources asked about exists. */
export function refuseNone(found: readonly unknown[], resource: string, data: Record<string, unknown>): void {
  if (found.length === 0) throw errors.notFound(resource, data)
}
