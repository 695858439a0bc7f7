/**
 * What counts as a run gone wrong: rules over the figures of a run, without side effects. Imports
 * nothing of ours.
 */
package io.robusttrain.train.guard;
