package io.robusttrain.app;

import io.robusttrain.config.value.ConfigException;
import io.robusttrain.config.value.Problem;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkConf;

/**
 * The working folder of a driver in a YARN container. YARN deletes it when the driver ends, with
 * all that was written there.
 */
public final class ContainerFolder {
  private ContainerFolder() {}

  /**
   * Refuses results that would be deleted with it.
   *
   * @param key what names the path
   * @throws ConfigException if the path lies in the folder of a container
   */
  public static void refuse(SparkConf spark, Configuration hadoop, String key, Path path) {
    boolean inContainer =
        spark.get("spark.master", "").equals("yarn")
            && spark.get("spark.submit.deployMode", "client").equals("cluster");
    boolean local = "file".equals(FileSystem.getDefaultUri(hadoop).getScheme());
    if (inContainer && local && !path.isAbsolute()) {
      throw new ConfigException(
          List.of(
              new Problem(
                  "spark-submit",
                  key,
                  "%s lies in the folder of the driver's container, which YARN deletes at the end: give a path on a file system that all nodes share, such as hdfs:///runs"
                      .formatted(path))));
    }
  }
}
