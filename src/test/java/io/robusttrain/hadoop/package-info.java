/**
 * Hadoop's daemons for tests: HDFS and YARN in the process of the test. Imports nothing of ours.
 */
package io.robusttrain.hadoop;
