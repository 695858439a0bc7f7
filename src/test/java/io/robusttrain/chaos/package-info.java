/**
 * Faults from outside, on real processes: a run is started by the launchers, its processes are
 * killed, cut off or slowed down while it trains, and what it leaves behind is compared with an
 * undisturbed run. Knows the launchers, the processes of this machine and the files of a run; sees
 * nothing of the run's own classes but the readers of those files.
 */
package io.robusttrain.chaos;
