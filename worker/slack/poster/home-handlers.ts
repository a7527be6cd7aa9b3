import type { Handlers } from '../desk.js';
import type { Poster } from './poster.js';

/** Somebody opened the home tab. */
export function homeHandlers({ poster }: { poster: Pick<Poster, 'homeOpened'> }): Handlers {
  return {
    'home home': async ({ user }) => {
      await poster.homeOpened(user);
      return 'home published';
    },
  };
}
