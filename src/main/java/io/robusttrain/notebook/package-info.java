/**
 * A Jupyter kernel that runs Java in the process of a Spark driver: cells on JShell, the wire
 * protocol of the jjava-jupyter library, pictures, tables and charts as results, failures as one
 * block that names the cell's line. {@code spark-submit/notebook.sh} starts it; its libraries are
 * on the class path of this process only.
 *
 * <p>In: Cells of a notebook. Out: What they show.
 *
 * <p>Imports {@code api}, {@code report.figure}.
 */
package io.robusttrain.notebook;
