import { showInstant } from './times.ts'

/** A column of instants: the longest, with two digits for day and hour, is not cut. */
export const DATE_TIME_WIDTH = '204px'

/** An instant for people; the exact one on hover and for machines. `zone` = the property's, named where it differs. */
export function DateTime({
  at,
  zone,
  none = '',
}: {
  at: string | null | undefined
  zone?: string | undefined
  none?: string
}) {
  if (at === null || at === undefined || at === '') return <>{none}</>
  return (
    <time dateTime={at} title={at}>
      {showInstant(at, zone)}
    </time>
  )
}
