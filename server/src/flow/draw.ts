export const pageOf = (_flow: unknown): string => ''
